"""The endings by which a bare `example.com` in a text is taken for an address.

All two-letter endings in use, and the longer ones people really write. An ending that is not here needs `https://` in
front to become a link: better no link than `report.final` as one.
A selection of the root zone (https://data.iana.org/TLD/tlds-alpha-by-domain.txt); each was checked, on 2026-11-21,
against the `tlds` package that the app's own library uses.
"""

_COUNTRIES = """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca
    cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr
    ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm
    jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq
    mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa
    re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn
    to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_OTHERS = """
    com org net edu gov mil int info biz name pro mobi jobs travel museum coop aero asia cat tel post academy agency
    app art audio auto bank band bar beauty beer best bet bike bio blog blue boo bot boutique build business buzz
    cafe camera camp capital care careers cash center chat cheap church city claims clinic cloud club coach codes
    coffee college community company computer consulting cool courses credit dance data date dating day deals
    delivery democrat dental design dev diamonds digital direct directory dog domains download earth education email
    energy engineer engineering enterprises estate events exchange expert express family fan farm fashion film
    finance financial fish fit fitness flights florist food football forum foundation fun fund furniture fyi gallery
    game games garden gay gift gifts global gmbh gold golf graphics green group guide guitars guru haus health help
    holdings holiday homes horse hospital host hosting house inc industries ink institute insurance international
    investments jewelry kids kitchen land law lawyer lease legal lgbt life lighting limited limo link live llc loan
    lol love ltd ltda luxury management market marketing mba media memorial men menu moe mom money mov movie music
    network new news ngo ninja observer one ong online onl page paris partners parts party pet photo photography
    photos pics pictures pink pizza place plumbing plus poker press productions properties pub quest radio recipes
    red rehab reisen rent rentals repair report republican rest restaurant review reviews rich rip rocks rodeo run
    sale salon school science security services sexy shoes shop shopping show singles site ski skin soccer social
    software solar solutions space sport store stream studio study style supplies supply support surf surgery
    systems tax taxi team tech technology tennis theater tickets tips tires today tools top tours town toys trade
    training university vacations ventures vet video villas vin vip vision vote voyage watch webcam website wedding
    wiki win wine work works world wtf xyz yoga zone amsterdam barcelona bayern berlin boston brussels capetown
    cologne cymru eus frl gal hamburg helsinki irish istanbul koeln kyoto london madrid melbourne miami moscow
    nagoya nrw nyc okinawa osaka quebec rio ruhr saarland scot stockholm swiss sydney tirol tokyo vegas vlaanderen
    wales wien zuerich example test
"""

TOP_LEVEL = frozenset((*_COUNTRIES.split(), *_OTHERS.split()))
"""In lower case, without the dot. `example` and `test` are reserved names (RFC 2606) and lead nowhere."""
