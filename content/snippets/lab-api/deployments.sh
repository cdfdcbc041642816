curl -s {{origin}}/api/deployments
