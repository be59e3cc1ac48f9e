#!/bin/bash
# GraphQL API. Docker, because the REST API's machines have another Node.
amazon-linux-extras install -y docker
systemctl enable --now docker
docker run -d --restart always --name graphql -p 4000:4000 --log-driver awslogs --log-opt awslogs-group=graphql \
  -e REST_URL=http://api.chaindata.example/v1 \
  -e REST_FALLBACK=http://172.30.10.21:8080 \
  -e POSTGRES=postgres://graphql@172.30.21.10:5432/chain \
  -e CLICKHOUSE=http://172.30.21.17:8123 \
  -e REDIS=redis://172.30.20.15:6379/1 \
  -e ETH_NODE=http://172.30.10.60:8545 \
  registry.chaindata.example/graphql:latest
${agent}
