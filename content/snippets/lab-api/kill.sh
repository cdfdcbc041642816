curl -s "$LAB/processes/p2/kill" -H "Authorization: Bearer $TOKEN" \
  -H 'Content-Type: application/json' -d '{ "signal": "SIGTERM" }'
