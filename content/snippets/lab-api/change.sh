curl -s -X PATCH "$LAB" -H "Authorization: Bearer $TOKEN" \
  -H 'Content-Type: application/json' -d '{ "connection": "kept" }'
