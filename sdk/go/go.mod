module cicerone/sdk

go 1.27
