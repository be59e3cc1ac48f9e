#!/bin/bash
# Keys are added by hand to /home/ec2-user/.ssh/authorized_keys.
echo 'ClientAliveInterval 60' >> /etc/ssh/sshd_config
service sshd restart
