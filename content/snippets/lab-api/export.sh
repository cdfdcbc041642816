curl -s "$LAB/export?format=md" -H "Authorization: Bearer $TOKEN"
