created=$(curl -s {{origin}}/api/labs \
  -H 'Content-Type: application/json' \
  -d '{ "deployment": "forked", "processes": 2 }')
echo "$created"

# For the commands below: the lab's address, and its token
member() { echo "$created" | grep -o "\"$1\":\"[^\"]*" | cut -d'"' -f4; }
export LAB="{{origin}}/api/labs/$(member id)" TOKEN="$(member token)"
export ENDPOINT="$(member endpoint)"
