#!/bin/bash
amazon-linux-extras install -y epel
yum install -y openvpn easy-rsa
systemctl enable --now openvpn@server
