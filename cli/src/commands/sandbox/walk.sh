# The live code, which renews itself; Ctrl-C ends it.
onecode show --world w --card lin-yue

# At a metro gate in Suzhou: accepted. A card reported lost: refused, 402.
gate() { onecode scan --world w --application transit.metro --place 320500; }
onecode show --world w --card lin-yue --text | gate
onecode show --world w --card zhang-wei --text | gate
onecode reason 402

# As a picture, the way a camera meets it.
onecode show --world w --card lin-yue --png code.png
onecode scan --world w --application culture.library --place 330100 code.png

# The phone picks the card: its own at the hospital, a child's card for the museum.
onecode show --world w --phone lin-yue --application medical.local --place 340100 --text
onecode show --world w --phone yang-li --application culture.museum --place 330100 --text

# The phone is lost: from the next status list on, no gate takes the card. And found again.
onecode card suspend --world w --card lin-yue
onecode show --world w --card lin-yue --text | gate
onecode card restore --world w --card lin-yue

# A gate that knows used codes after a restart, and signs a receipt for each verdict.
bus() { onecode scan --world w --application transit.bus --place 320500 --state gate.state \
    --receipts receipts.txt --scanner cn-32.gate-1; }
onecode show --world w --card chen-jie --text >code.txt
bus <code.txt   # accepted
bus <code.txt   # the same code again: refused, 601
onecode receipts verify --world w --state gate.state receipts.txt

# Somebody complains: both verdicts on that code, again, from the receipts.
onecode receipts replay --world w receipts.txt <code.txt

# The complaint in one file, and what it proves to whoever gets it.
onecode receipts evidence make --world w --receipt 1 --text code.txt --out complaint.json receipts.txt
onecode receipts evidence check --roots w/roots.json complaint.json

# Will the hospital work until tonight?
onecode preflight --world w --application medical.local --hours 12

# A new catalogue. What one signature is worth: the gate says so, and goes on with edition 1.
onecode sign catalogue --world w --holder sh
cp w/signing/catalogue.json w/published/catalogue/2.json
onecode show --world w --card lin-yue --text | gate

# A second province signs, and a third completes it; then the index names it.
onecode sign catalogue --world w --holder js
onecode sign catalogue --world w --holder zj
onecode sign index --world w --holder sh

# Who signed what, and whether it is whole?
onecode audit w/published
