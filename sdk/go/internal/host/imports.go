//go:build wasip1

package host

import (
	"cicerone/sdk/internal/fault"
	witConfig "cicerone/sdk/internal/wit/imports/cicerone_plugin_config"
	witEvents "cicerone/sdk/internal/wit/imports/cicerone_plugin_events"
	witHTTP "cicerone/sdk/internal/wit/imports/cicerone_plugin_http"
	witKV "cicerone/sdk/internal/wit/imports/cicerone_plugin_kv"
	witLog "cicerone/sdk/internal/wit/imports/cicerone_plugin_log"
	witProgress "cicerone/sdk/internal/wit/imports/cicerone_plugin_progress"
	witRuntime "cicerone/sdk/internal/wit/imports/cicerone_plugin_runtime"
	witSecrets "cicerone/sdk/internal/wit/imports/cicerone_plugin_secrets"
	witSession "cicerone/sdk/internal/wit/imports/cicerone_plugin_session"
	wit "cicerone/sdk/internal/wit/types"
)

// Log writes a line.
func Log(level uint8, message string, fields []Pair) {
	told := make([]witLog.Field, len(fields))
	for i, field := range fields {
		told[i] = witLog.Field{Key: valid(field.Key), Value: valid(field.Value)}
	}
	witLog.Emit(level, valid(message), told)
}

// NowMS is the host's clock.
func NowMS() uint64 { return witRuntime.NowMs() }

// RemainingMS is how long the host still waits.
func RemainingMS() uint64 { return witRuntime.RemainingMs() }

// Cancelled tells whether nobody waits any more.
func Cancelled() bool { return witRuntime.Cancelled() }

// Random gives at most 1024 bytes.
func Random(length uint32) []byte { return witRuntime.Random(length) }

// Config reads a setting.
func Config(key string) (string, bool) {
	return maybe(witConfig.Get(valid(key)))
}

// Session reads the conversation's context.
func Session(pointer string) (string, bool, error) {
	result := witSession.Get(valid(pointer))
	if result.Tag() == wit.ResultOk {
		text, found := maybe(result.Ok())
		return text, found, nil
	}
	why := result.Err()
	if why.Tag() == witSession.SessionError_BadPointer {
		return "", false, fault.Refused("session.bad-pointer", "no JSON pointer: %s", why.BadPointer())
	}
	return "", false, notGranted("session", "this path of the context")
}

// KVGet reads bytes.
func KVGet(plugin bool, key string) ([]byte, bool, error) {
	result := witKV.Get(scope(plugin), valid(key))
	if result.Tag() == wit.ResultErr {
		return nil, false, kvError(result.Err())
	}
	value, found := maybe(result.Ok())
	return value, found, nil
}

// KVSet writes bytes.
func KVSet(plugin bool, key string, value []byte, ttlMS uint64) error {
	return unit(witKV.Set(scope(plugin), valid(key), value, ttl(ttlMS)))
}

// KVDelete removes a key.
func KVDelete(plugin bool, key string) (bool, error) {
	return answer(witKV.Delete(scope(plugin), valid(key)))
}

// KVIncrement adds to a counter.
func KVIncrement(plugin bool, key string, by int64, ttlMS uint64) (int64, error) {
	return answer(witKV.Increment(scope(plugin), valid(key), by, ttl(ttlMS)))
}

// KVCompareAndSet writes bytes if there are still those that are expected; nil expects none.
func KVCompareAndSet(plugin bool, key string, expected, value []byte, ttlMS uint64) (bool, error) {
	before := wit.None[[]byte]()
	if expected != nil {
		before = wit.Some(expected)
	}
	return answer(witKV.CompareAndSet(scope(plugin), valid(key), before, value, ttl(ttlMS)))
}

var failures = [...]string{
	"denied", "invalid-request", "timeout", "dns", "connect", "tls", "too-large", "quota", "protocol",
}

// Send sends a request and waits for its response.
func Send(request Request) (Response, error) {
	asked := witHTTP.Request{Method: valid(request.Method), Url: valid(request.URL)}
	for _, header := range request.Headers {
		asked.Headers = append(asked.Headers, wit.Tuple2[string, string]{F0: valid(header.Key), F1: valid(header.Value)})
	}
	if request.Body != nil {
		asked.Body = wit.Some(request.Body)
	}
	if request.TimeoutMS != 0 {
		asked.TimeoutMs = wit.Some(request.TimeoutMS)
	}
	result := witHTTP.Send(asked)
	if result.Tag() == wit.ResultErr {
		why, code := result.Err(), "protocol"
		if int(why.Kind) < len(failures) {
			code = failures[why.Kind]
		}
		return Response{}, fault.Refused("http."+code, "%s", why.Message)
	}
	told := result.Ok()
	response := Response{Status: told.Status, Body: told.Body}
	for _, header := range told.Headers {
		response.Headers = append(response.Headers, Pair{header.F0, header.F1})
	}
	return response, nil
}

// Placeholder stands for a secret in requests.
func Placeholder(name string) (string, error) {
	return secret(name, witSecrets.Placeholder(valid(name)))
}

// Reveal is the secret itself.
func Reveal(name string) (string, error) {
	return secret(name, witSecrets.Reveal(valid(name)))
}

// Progress tells the waiting client; a negative percent is "unknown".
func Progress(percent int, message string) {
	part := wit.None[uint8]()
	if percent >= 0 {
		part = wit.Some(uint8(min(percent, 100)))
	}
	witProgress.Update(part, valid(message))
}

// Publish puts an event on the bus.
func Publish(topic, payload string) error {
	result := witEvents.Publish(valid(topic), payload)
	if result.Tag() == wit.ResultOk {
		return nil
	}
	switch why := result.Err(); why.Tag() {
	case witEvents.PublishError_TooLarge:
		return tooLarge("events", why.TooLarge())
	case witEvents.PublishError_Quota:
		return quota("events", why.Quota())
	default:
		return notGranted("events", "this topic")
	}
}

func secret(name string, result wit.Result[string, witSecrets.SecretError]) (string, error) {
	if result.Tag() == wit.ResultOk {
		return result.Ok(), nil
	}
	if why := result.Err(); why.Tag() == witSecrets.SecretError_Missing {
		return "", fault.Refused("secrets.missing", "secret `%s` has no value; the operator sets it", name)
	}
	return "", notGranted("secrets", "secret `"+name+"`")
}

func kvError(why witKV.KvError) error {
	switch why.Tag() {
	case witKV.KvError_TooLarge:
		return tooLarge("kv", why.TooLarge())
	case witKV.KvError_Quota:
		return quota("kv", why.Quota())
	case witKV.KvError_Unavailable:
		return fault.Refused("kv.unavailable", "the state cannot be reached: %s", why.Unavailable())
	default:
		return notGranted("kv", "this scope of `kv`")
	}
}

func answer[T any](result wit.Result[T, witKV.KvError]) (T, error) {
	if result.Tag() == wit.ResultOk {
		return result.Ok(), nil
	}
	var nothing T
	return nothing, kvError(result.Err())
}

func unit(result wit.Result[wit.Unit, witKV.KvError]) error {
	_, err := answer(result)
	return err
}

func maybe[T any](option wit.Option[T]) (T, bool) {
	if option.Tag() == wit.OptionSome {
		return option.Some(), true
	}
	var nothing T
	return nothing, false
}

func scope(plugin bool) witKV.Scope {
	if plugin {
		return witKV.Scope_Plugin
	}
	return witKV.Scope_Session
}

func ttl(ms uint64) wit.Option[uint64] {
	if ms == 0 {
		return wit.None[uint64]()
	}
	return wit.Some(ms)
}
