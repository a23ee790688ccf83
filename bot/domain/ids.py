"""Names for the strings that identify things. All are opaque and stable; the prefix says what they name."""

from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
BrandId = NewType("BrandId", str)
AccountId = NewType("AccountId", str)
PostId = NewType("PostId", str)
ItemId = NewType("ItemId", str)
MediaId = NewType("MediaId", str)
MissionId = NewType("MissionId", str)
WorkerId = NewType("WorkerId", str)
