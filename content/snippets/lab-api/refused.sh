curl -s "$LAB/faults" -H "Authorization: Bearer $TOKEN" \
  -H 'Content-Type: application/json' -d '{ "kind": "gremlins" }'
