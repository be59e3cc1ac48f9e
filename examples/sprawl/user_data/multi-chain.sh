#!/bin/bash
# All chains that are too small for a machine of their own.
yum install -y docker
systemctl enable --now docker
curl -sL https://github.com/docker/compose/releases/download/1.29.2/docker-compose-Linux-x86_64 -o /usr/bin/docker-compose
chmod +x /usr/bin/docker-compose
mkdir -p /opt/chains && cd /opt/chains
{
  echo 'version: "3"'
  echo 'services:'
  for chain in optimism base avalanche fantom gnosis celo near aptos sui cosmos polkadot litecoin dogecoin zcash; do
    echo "  $chain:"
    echo "    image: registry.chaindata.example/indexer:latest"
    echo "    restart: always"
    echo "    volumes: [\"/var/lib/indexer/$chain:/state\"]"
    echo "    environment:"
    echo "      CHAIN: $chain"
    echo "      KAFKA_BROKERS: 172.30.10.41:9092,172.30.11.41:9092"
  done
} > docker-compose.yml
docker-compose up -d
${agent}
