#!/bin/bash
yum install -y nginx
cat > /etc/nginx/conf.d/api.conf <<'CONF'
upstream rest {
  server 172.30.10.21:8080;
  server 172.30.11.21:8080;
  server 172.30.12.21:8080;
}
upstream graphql {
  server 172.30.10.31:4000;
  server 172.30.11.31:4000;
}
server {
  listen 443 ssl;
  server_name api.chaindata.example;
  ssl_certificate     /etc/letsencrypt/live/api.chaindata.example/fullchain.pem;
  ssl_certificate_key /etc/letsencrypt/live/api.chaindata.example/privkey.pem;
  location /v1/      { proxy_pass http://rest; }
  location /graphql  { proxy_pass http://graphql; proxy_read_timeout 120s; }
}
CONF
# certbot has to run on both, the challenge goes to either
echo '17 3 * * * root certbot renew --post-hook "nginx -s reload"' > /etc/cron.d/certbot
chkconfig nginx on || systemctl enable nginx
service nginx start
