package main

import (
	"testing"

	"cicerone/sdk/test"
)

func TestAForecastNeedsACity(t *testing.T) {
	host := test.NewHost(t)
	if failed := host.Call("forecast", Question{}).Error; failed == nil || failed.Code != "city.empty" {
		t.Fatal(failed)
	}
	if got := host.Call("forecast", Question{City: "Lisbon"}).Value; got != `{"city":"Lisbon","summary":"cloudy","celsius":16}` {
		t.Fatal(got)
	}
}
