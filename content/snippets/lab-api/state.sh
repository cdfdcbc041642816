curl -s "$LAB" -H "Authorization: Bearer $TOKEN"
