locals {
  a = "x