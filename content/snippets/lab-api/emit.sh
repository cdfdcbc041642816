curl -s "$LAB/processes/p1/emit" -H "Authorization: Bearer $TOKEN" \
  -H 'Content-Type: application/json' \
  -d '{ "notification": "notifications/tools/list_changed" }'
