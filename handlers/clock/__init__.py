"""The clock knocks: rhythms and the timer that fires at the second. No rules."""
