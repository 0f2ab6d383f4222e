// The tools of the plugin {{name}}.
package main

import (
	"unicode/utf8"

	cicerone "cicerone/sdk"
)

// Question is where and when.
type Question struct {
	City string `json:"city" doc:"The city."`
	Days int    `json:"days,omitempty" doc:"Days from now." schema:"minimum=0,maximum=7"`
}

// Forecast is what to expect.
type Forecast struct {
	City    string `json:"city"`
	Summary string `json:"summary"`
	Celsius int    `json:"celsius"`
}

func forecast(ctx *cicerone.Context, question Question) (Forecast, error) {
	if question.City == "" {
		return Forecast{}, cicerone.InvalidInput("a forecast needs a city").WithCode("city.empty")
	}
	// Every city has its own weather; replace this with yours.
	celsius := 10 + utf8.RuneCountInString(question.City) + question.Days
	summary := "cloudy"
	if celsius > 20 {
		summary = "sunny"
	}
	return Forecast{question.City, summary, celsius}, nil
}

func init() {
	cicerone.Plugin("{{name}}", "0.1.0", "Says what the weather is like.")
	cicerone.Tool("forecast", "Tells what the weather will be like in a city.", forecast, cicerone.ReadOnly)
}

func main() {}
