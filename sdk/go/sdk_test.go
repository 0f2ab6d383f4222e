package cicerone_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	cicerone "cicerone/sdk"
	"cicerone/sdk/classify"
	"cicerone/sdk/config"
	"cicerone/sdk/events"
	"cicerone/sdk/http"
	"cicerone/sdk/kv"
	"cicerone/sdk/log"
	"cicerone/sdk/progress"
	"cicerone/sdk/runtime"
	"cicerone/sdk/secrets"
	"cicerone/sdk/session"
	"cicerone/sdk/test"
)

type inner struct {
	Street string `json:"street"`
}

type everything struct {
	inner
	Name   string            `json:"name" doc:"Who." schema:"minLength=1,maxLength=9"`
	Size   *int              `json:"size,omitempty" schema:"minimum=1,default=2"`
	Colour string            `json:"colour,omitzero" schema:"enum=red|green"`
	Tags   []string          `json:"tags"`
	At     time.Time         `json:"at"`
	Left   uint8             `json:"-"`
	More   map[string]bool   `json:"more,omitempty"`
	Again  []everything      `json:"again,omitempty"`
	Any    any               `json:"any,omitempty"`
	Home   inner             `json:"home"`
	secret map[string]string //nolint:unused
}

func TestASchemaSaysWhatEncodingJSONDoes(t *testing.T) {
	const want = `{"type":"object","properties":{"street":{"type":"string"},"name":{"type":"string","description":"Who.",` +
		`"minLength":1,"maxLength":9},"size":{"type":"integer","minimum":1,"default":2},"colour":{"type":"string",` +
		`"enum":["red","green"]},"tags":{"type":"array","items":{"type":"string"}},"at":{"type":"string","format":"date-time"},` +
		`"more":{"type":"object","additionalProperties":{"type":"boolean"}},"again":{"type":"array","items":{}},"any":{},` +
		`"home":{"type":"object","properties":{"street":{"type":"string"}},"required":["street"]}},` +
		`"required":["street","name","tags","at","home"]}`
	if got := cicerone.Schema[everything](); got != want {
		t.Fatalf("\n   got %s\nwanted %s", got, want)
	}
}

type what struct {
	Do string `json:"do"`
}

func run(ctx *cicerone.Context, args what) (*cicerone.Reply[any], error) {
	switch args.Do {
	case "greet":
		met, err := kv.Plugin().ForAtMost(time.Second).Increment("met", 1)
		log.Info("Met somebody.", "call", ctx.CallID)
		return cicerone.With[any](met).Say("Hello!"), err
	case "sit":
		taken, err := kv.Update(kv.Session(), "seats", func(before *int) (int, error) {
			if before == nil {
				return 1, nil
			}
			if *before == 2 {
				return 0, cicerone.Conflict("the house is full").WithCode("full").WithRetryAfter(time.Second)
			}
			return *before + 1, nil
		})
		return cicerone.With[any](taken).Patch("/seat", taken), err
	case "ask":
		key, err := secrets.Placeholder("key")
		if err != nil {
			return nil, err
		}
		response, err := http.Send(http.Request{URL: "https://api.example.com/", Header: map[string]string{"authorization": key}})
		if err != nil {
			return nil, err
		}
		var answer any
		err = response.JSON(&answer)
		return cicerone.With(answer), err
	case "look":
		var name string
		_, err := session.Get("/cart/1/name", &name)
		return cicerone.With[any](name + config.Get("suffix") + runtime.Now().Format(" 15:04")), err
	}
	progress.Update(50, "Half way.")
	if err := events.Publish("seen", args); err != nil {
		return nil, err
	}
	return nil, errors.New("something else")
}

func init() {
	cicerone.Plugin("testing", "1.0.0", "Does what it is told.")
	cicerone.Tool("run", "Does something.", run, cicerone.Idempotent)
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got %s, wanted %s", got, want)
	}
}

func TestStateIsKeptAndPasses(t *testing.T) {
	host := test.NewHost(t)
	same(t, host.Call("run", what{"greet"}).Value, "1")
	same(t, host.Call("run", what{"greet"}).Value, "2")
	host.Pass(time.Second)
	answer := host.Call("run", what{"greet"})
	same(t, answer.Value+" "+answer.Say[0], "1 Hello!")
	same(t, host.Lines()[2].Fields["call"], "call-1")
	host.Fail("kv.unavailable")
	same(t, host.Call("run", what{"greet"}).Error.Code, "kv.unavailable")
}

func TestAnUpdateIsOneStepAndCanRefuse(t *testing.T) {
	host := test.NewHost(t)
	host.Call("run", what{"sit"})
	second := host.Call("run", what{"sit"})
	same(t, second.Value+second.Patch[0][0], "2/seat")
	third := host.Call("run", what{"sit"}).Error
	if third.Code != "full" || third.Kind != cicerone.KindConflict || !third.Retryable {
		t.Fatal(third)
	}
}

func TestRequestsAreAnsweredByTheTest(t *testing.T) {
	host := test.NewHost(t)
	same(t, host.Call("run", what{"ask"}).Error.Code, "secrets.missing")
	host.WithSecret("key", "s3cret")
	same(t, host.Call("run", what{"ask"}).Error.Code, "http.denied")
	host.Answer(func(request test.Request) (int, string) { return 200, `{"ok":true}` })
	same(t, host.Call("run", what{"ask"}).Value, `{"ok":true}`)
	same(t, host.Requests()[1].Header["authorization"], "{secret:key}")
}

func TestTheContextIsReadByPointer(t *testing.T) {
	host := test.NewHost(t).WithConfig("suffix", "!").WithNow(time.Unix(3600, 0))
	host.WithSession(map[string]any{"cart": []any{1, map[string]string{"name": "tea"}}})
	same(t, host.Call("run", what{"look"}).Value, `"tea! 01:00"`)
}

func TestWhatGoesWrongIsAnErrorOfItsKind(t *testing.T) {
	host := test.NewHost(t)
	failed := host.Call("run", what{"else"}).Error
	same(t, failed.Kind.String()+": "+failed.Message, "internal: something else")
	same(t, host.Progress()[0].Message+host.Events()[0].Payload, `Half way.{"do":"else"}`)
	same(t, host.Call("other", what{}).Error.Kind.String(), "not-found")
	same(t, host.Call("run", "no object").Error.Code, "args.invalid")
	if !strings.Contains(host.Call("run", "no object").Error.Message, "do not fit") {
		t.Fatal("no words")
	}
}

func TestATextIsUnderstoodAsCommands(t *testing.T) {
	host := test.NewHost(t)
	classify.With(func(request *classify.Request) ([]classify.Command, error) {
		if string(request.Context) != "{}" {
			return nil, errors.New("the context is not empty")
		}
		if len(request.Intents) == 0 {
			return []classify.Command{classify.None{Confidence: 0.25}}, nil
		}
		intent := request.Intents[0]
		span := classify.Span{Start: 1, End: len(request.Text)}
		corrected := classify.CorrectSlot{Name: "day", Value: "next Friday", Span: span, Confidence: 0.5}
		return []classify.Command{classify.Choose(intent.Name, 0.9), classify.Set(intent.Slots[0].Name, 4), corrected}, nil
	})
	intents := []classify.Intent{{Name: "BOOK", Slots: []classify.Slot{{Name: "size", Kind: "integer"}}}}
	commands, err := host.Classify(classify.Request{Text: "a 4", Intents: intents})
	wanted := []classify.Command{
		classify.Chosen{Name: "BOOK", Confidence: 0.9},
		classify.SetSlot{Name: "size", Value: 4},
		classify.CorrectSlot{Name: "day", Value: "next Friday", Span: classify.Span{Start: 1, End: 3}, Confidence: 0.5},
	}
	if err != nil || !reflect.DeepEqual(commands, wanted) {
		t.Fatalf("%v %v", commands, err)
	}
	if commands, err = host.Classify(classify.Request{Text: "a"}); err != nil || commands[0] != (classify.None{Confidence: 0.25}) {
		t.Fatalf("%v %v", commands, err)
	}
	if _, err = host.Classify(classify.Request{Context: []byte(`{"a":1}`)}); err == nil {
		t.Fatal("an error is no answer")
	}
}
