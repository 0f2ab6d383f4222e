package main

import (
	"testing"
	"time"

	"cicerone/sdk/test"
)

const berlin = `{"places":[{"place name":"Berlin","state":"Berlin","latitude":"52.5323","longitude":"13.3846"}]}`

func asked(t *testing.T, status int, body string) *test.Host {
	host := test.NewHost(t).WithConfig("server", "http://127.0.0.1:8709").WithSecret("postcodes_key", "s3cret")
	return host.Answer(func(test.Request) (int, string) { return status, body })
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("\n   got %s\nwanted %s", got, want)
	}
}

func TestAPlaceIsAskedForOnceADayWithTheKeysPlaceholder(t *testing.T) {
	host := asked(t, 200, berlin)
	const want = `{"postcode":"10115","name":"Berlin","region":"Berlin","point":{"latitude":52.5323,"longitude":13.3846}}`
	for range 2 {
		same(t, host.Call("postcode", Question{Country: "DE", Postcode: " 10 115"}).Value, want)
	}
	sent := host.Requests()
	if len(sent) != 1 || sent[0].URL != "http://127.0.0.1:8709/de/10115" || sent[0].Header["x-api-key"] != "{secret:postcodes_key}" {
		t.Fatal(sent)
	}
	host.Pass(24 * time.Hour)
	host.Call("postcode", Question{Country: "de", Postcode: "10115"})
	if sent := host.Requests(); len(sent) != 2 {
		t.Fatal(sent)
	}
}

func TestAPlaceIsSoFarFromAnother(t *testing.T) {
	hamburg := &Point{53.5511, 9.9937}
	answer := asked(t, 200, berlin).Call("postcode", Question{Country: "de", Postcode: "10115", From: hamburg})
	same(t, answer.Value[len(answer.Value)-20:], `,"kilometres":253.4}`)
}

func TestWhatTheServerRefusesIsAnErrorOfItsKind(t *testing.T) {
	for status, want := range map[int]string{
		404: "postcode.unknown", 401: "server.key", 429: "server.limit", 500: "server.status", 200: "server.answer",
	} {
		failed := asked(t, status, "{}").Call("postcode", Question{Country: "de", Postcode: "10115"}).Error
		if failed == nil || failed.Code != want {
			t.Fatal(status, failed)
		}
	}
	same(t, asked(t, 200, "").Call("postcode", Question{Country: "de", Postcode: "?!"}).Error.Code, "postcode.invalid")
}

func TestWithoutTheStateTheServerIsAsked(t *testing.T) {
	host := asked(t, 200, berlin)
	host.Fail("kv.unavailable")
	if answer := host.Call("postcode", Question{Country: "de", Postcode: "10115"}); answer.Error != nil {
		t.Fatal(answer.Error)
	}
	same(t, host.Lines()[0].Level, "warn")
}
