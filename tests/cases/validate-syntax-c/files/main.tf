locals {
  a = [1,
