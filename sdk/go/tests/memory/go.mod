module memory

go 1.27

require cicerone/sdk v0.0.0

replace cicerone/sdk => ../..
