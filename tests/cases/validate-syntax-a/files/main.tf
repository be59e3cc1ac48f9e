locals {
 a = 
}
