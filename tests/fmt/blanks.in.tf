

# first   
a   =   1   


   # indented


b {


c=1


}
	tab	=	1
  
/* block
   comment */
//slashes

