// Looks postcodes up at a server with a key: what lies there, where, and how far it is. Answers are kept for a day, so that
// the server is asked once.
package main

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	cicerone "cicerone/sdk"
	"cicerone/sdk/config"
	"cicerone/sdk/http"
	"cicerone/sdk/kv"
	"cicerone/sdk/log"
	"cicerone/sdk/secrets"
)

const kept = 24 * time.Hour

// Question is which postcode.
type Question struct {
	Country  string `json:"country" doc:"The country, as ISO 3166 has it." schema:"pattern=^[A-Za-z]{2}$"`
	Postcode string `json:"postcode" doc:"The postcode, as people write it." schema:"minLength=2,maxLength=12"`
	From     *Point `json:"from,omitempty" doc:"A place from which to measure, such as the shop."`
}

// Point is a place on Earth.
type Point struct {
	Latitude  float64 `json:"latitude" schema:"minimum=-90,maximum=90"`
	Longitude float64 `json:"longitude" schema:"minimum=-180,maximum=180"`
}

// Place is what lies there.
type Place struct {
	Postcode   string   `json:"postcode"`
	Name       string   `json:"name" doc:"The town, or the part of it."`
	Region     string   `json:"region,omitempty"`
	Point      Point    `json:"point"`
	Kilometres *float64 `json:"kilometres,omitempty" doc:"As the crow flies, where there is a place to measure from."`
}

func postcode(ctx *cicerone.Context, question Question) (*Place, error) {
	country, code := strings.ToLower(question.Country), normal(question.Postcode)
	if code == "" {
		return nil, cicerone.InvalidInput("a postcode has letters or digits").WithCode("postcode.invalid")
	}
	place, key := new(Place), country+"/"+code
	known, err := kv.Plugin().Get(key, place)
	if err != nil || !known {
		if cicerone.Is(err, "kv.unavailable") {
			log.Warn("The answers of before cannot be read.", "error", err)
		} else if err != nil {
			return nil, err
		}
		if place, err = ask(country, code); err != nil {
			return nil, err
		}
		// A place that is not kept is asked for again, and that is all.
		if err := kv.Plugin().ForAtMost(kept).Set(key, place); err != nil {
			log.Warn("The answer is not kept.", "error", err)
		}
	}
	if question.From != nil {
		distance := math.Round(kilometres(*question.From, place.Point)*10) / 10
		place.Kilometres = &distance
	}
	return place, nil
}

// What the server answers; it writes numbers as texts.
type answer struct {
	Places []struct {
		Name      string `json:"place name"`
		Region    string `json:"state"`
		Latitude  string `json:"latitude"`
		Longitude string `json:"longitude"`
	} `json:"places"`
}

func ask(country, code string) (*Place, error) {
	key, err := secrets.Placeholder("postcodes_key")
	if err != nil {
		return nil, err
	}
	response, err := http.Send(http.Request{
		URL:     config.Get("server") + "/" + url.PathEscape(country) + "/" + url.PathEscape(code),
		Header:  map[string]string{"x-api-key": key, "accept": "application/json"},
		Timeout: 2 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	if err := refusal(response, code); err != nil {
		return nil, err
	}
	var told answer
	if err := response.JSON(&told); err != nil || len(told.Places) == 0 {
		return nil, cicerone.Unavailable("the server's answer makes no sense").WithCode("server.answer")
	}
	first := told.Places[0]
	latitude, wrong := strconv.ParseFloat(first.Latitude, 64)
	longitude, wrongToo := strconv.ParseFloat(first.Longitude, 64)
	if wrong != nil || wrongToo != nil {
		return nil, cicerone.Unavailable("the server's answer has no place on Earth").WithCode("server.answer")
	}
	return &Place{Postcode: strings.ToUpper(code), Name: first.Name, Region: first.Region, Point: Point{latitude, longitude}}, nil
}

// What a status other than 200 means to a flow.
func refusal(response *http.Response, code string) error {
	switch status := response.Status; {
	case status == 200:
		return nil
	case status == 404:
		return cicerone.NotFound("there is no postcode %s", code).WithCode("postcode.unknown")
	case status == 401 || status == 403:
		return cicerone.Fail(cicerone.KindUnauthenticated, "the server does not take our key").WithCode("server.key")
	case status == 429:
		limited := cicerone.Fail(cicerone.KindRateLimited, "the server wants fewer questions").WithCode("server.limit")
		if seconds, err := strconv.Atoi(response.Header("retry-after")); err == nil {
			limited = limited.WithRetryAfter(time.Duration(seconds) * time.Second)
		}
		return limited
	default:
		return cicerone.Unavailable("the server answers %d", status).WithCode("server.status")
	}
}

// A postcode as it is looked up: small letters and digits alone.
func normal(text string) string {
	return strings.Map(func(letter rune) rune {
		switch {
		case letter >= 'a' && letter <= 'z', letter >= '0' && letter <= '9':
			return letter
		default:
			return -1
		}
	}, strings.ToLower(text))
}

// On a sphere of Earth's mean radius.
func kilometres(from, to Point) float64 {
	const radius, degree = 6371.0, math.Pi / 180
	half := func(angle float64) float64 { return math.Pow(math.Sin(angle*degree/2), 2) }
	height := half(to.Latitude-from.Latitude) +
		math.Cos(from.Latitude*degree)*math.Cos(to.Latitude*degree)*half(to.Longitude-from.Longitude)
	return 2 * radius * math.Asin(math.Sqrt(height))
}

func init() {
	cicerone.Plugin("lookup", "0.1.0", "Looks postcodes up.")
	cicerone.Tool("postcode", "Says which place a postcode is, where it is, and how far away.", postcode,
		cicerone.ReadOnly, cicerone.Idempotent, cicerone.OpenWorld, cicerone.Title("Postcode"))
}

func main() {}
