# Waits until something happens after event 2, for 20 s at most
curl -s "$LAB/wire?format=json&after=2&waitMs=20000" \
  -H "Authorization: Bearer $TOKEN"
