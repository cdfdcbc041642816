# From the beginning, for a second. Without --max-time it stays open.
curl -sN --max-time 1 "$LAB/wire?from=0" \
  -H "Authorization: Bearer $TOKEN" || true
