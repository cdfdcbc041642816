curl -s -o /dev/null -w '%{http_code}\n' -X DELETE "$LAB" \
  -H "Authorization: Bearer $TOKEN"
