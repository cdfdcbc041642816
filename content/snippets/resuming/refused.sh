# Resumes session $1 after event $2, and prints the status and why.
resume() {
  curl -s --max-time 1 -w '\n%{http_code}  '"$3\n" {{endpoint}} \
    -H 'Accept: text/event-stream' \
    -H 'MCP-Protocol-Version: 2025-11-25' \
    -H "Mcp-Session-Id: $1" \
    -H "Last-Event-ID: $2" | tail -n 1
}

# A call that is answered at once: its last event is its answer.
last=$(curl -s {{endpoint}} \
  -H 'Accept: application/json, text/event-stream' \
  -H 'Content-Type: application/json' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -H 'Mcp-Session-Id: {{session}}' \
  -d '{ "jsonrpc": "2.0", "id": 3, "method": "ping" }' |
  grep '^id:' | tail -n 1 | cut -c 5-)

resume {{session}} "$last" 'the stream was read to its end'
resume {{session}} 999.1 'no event of this session has this id'
resume of-another-server "$last" 'the session is not here'
