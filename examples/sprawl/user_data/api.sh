#!/bin/bash
# REST API, ${environment}. Deployed over ssh by jenkins: /opt/api/current is a link to the release.
yum install -y java-11-amazon-corretto-headless
useradd --system api
mkdir -p /opt/api/releases /var/log/api
cat > /etc/api.env <<'ENV'
ENVIRONMENT=${environment}
PORT=8080
JAVA_OPTS=-Xms${heap} -Xmx${heap}
DATABASE_URL=jdbc:postgresql://${database}:5432/chain
USERS_DATABASE_URL=jdbc:postgresql://${users_db}:5432/users
REDIS_URL=redis://172.30.20.15:6379/0
KAFKA_BROKERS=172.30.10.41:9092,172.30.11.41:9092,172.30.12.41:9092
USAGE_TOPIC=api-usage
ENV
cat > /etc/systemd/system/api.service <<'UNIT'
[Service]
User=api
EnvironmentFile=/etc/api.env
ExecStart=/usr/bin/java $JAVA_OPTS -jar /opt/api/current/api.jar
Restart=always
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable --now api
${agent}
