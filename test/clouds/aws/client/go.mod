module aws

go 1.21
