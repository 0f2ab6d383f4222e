//go:build !wasip1

package host

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"cicerone/sdk/internal/fault"
)

// Memory is a host in memory: it grants everything, its clock stands still and its chance is a counter.
type Memory struct {
	NowMS     uint64
	Cancelled bool
	Config    map[string]string
	Secrets   map[string]string
	Context   any
	Failing   map[string]*fault.Error
	Lines     []Line
	Asked     []Request
	Answer    func(Request) (Response, error)
	Told      []Told
	Published []Published

	kv          map[string]held
	randomGiven uint64
}

// Line is one that was logged.
type Line struct {
	Level, Message string
	Fields         map[string]string
}

// Told is one live update.
type Told struct {
	Percent int
	Message string
}

// Published is one event.
type Published struct {
	Topic, Payload string
}

type held struct {
	value   []byte
	untilMS uint64
}

var (
	lock   sync.Mutex
	memory = empty()
)

func empty() *Memory {
	return &Memory{
		Config: map[string]string{}, Secrets: map[string]string{}, Failing: map[string]*fault.Error{}, kv: map[string]held{},
	}
}

// Reset makes the host new.
func Reset() {
	lock.Lock()
	defer lock.Unlock()
	memory = empty()
}

// With works on the memory, alone.
func With(work func(*Memory)) {
	lock.Lock()
	defer lock.Unlock()
	work(memory)
}

func with[T any](work func(*Memory) T) T {
	lock.Lock()
	defer lock.Unlock()
	return work(memory)
}

// The error that a part fails with now, if it does.
func (m *Memory) failure(part string) error {
	if failing, is := m.Failing[part]; is {
		return failing
	}
	return nil
}

// Log keeps a line.
func Log(level uint8, message string, fields []Pair) {
	line := Line{[]string{"trace", "debug", "info", "warn", "error"}[level], message, map[string]string{}}
	for _, field := range fields {
		line.Fields[field.Key] = field.Value
	}
	With(func(m *Memory) { m.Lines = append(m.Lines, line) })
}

// NowMS is the clock, which stands still.
func NowMS() uint64 { return with(func(m *Memory) uint64 { return m.NowMS }) }

// RemainingMS is a minute, always.
func RemainingMS() uint64 { return 60_000 }

// Cancelled is what the test says.
func Cancelled() bool { return with(func(m *Memory) bool { return m.Cancelled }) }

// Random gives the high bytes of a multiplicative hash: spread, and the same in every run.
func Random(length uint32) []byte {
	return with(func(m *Memory) []byte {
		given := make([]byte, length)
		for i := range given {
			m.randomGiven++
			given[i] = byte(m.randomGiven * 0x9E37_79B9_7F4A_7C15 >> 56)
		}
		return given
	})
}

// Config reads a setting.
func Config(key string) (string, bool) {
	lock.Lock()
	defer lock.Unlock()
	value, found := memory.Config[key]
	return value, found
}

// Session reads the conversation's context.
func Session(pointer string) (string, bool, error) {
	lock.Lock()
	defer lock.Unlock()
	if err := memory.failure("session"); err != nil {
		return "", false, err
	}
	if pointer != "" && !strings.HasPrefix(pointer, "/") {
		return "", false, fault.Refused("session.bad-pointer", "no JSON pointer: `%s` does not begin with `/`", pointer)
	}
	at, found := memory.Context, memory.Context != nil
	for _, key := range strings.Split(pointer, "/")[1:] {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
		switch inside := at.(type) {
		case map[string]any:
			at, found = inside[key]
		case []any:
			place, err := strconv.Atoi(key)
			if found = err == nil && place >= 0 && place < len(inside); found {
				at = inside[place]
			}
		default:
			found = false
		}
		if !found {
			return "", false, nil
		}
	}
	text, err := json.Marshal(at)
	return string(text), found, err
}

func place(plugin bool, key string) string { return strconv.FormatBool(plugin) + "/" + key }

func (m *Memory) get(plugin bool, key string) ([]byte, bool, error) {
	one, found := m.kv[place(plugin, key)]
	if found && one.untilMS != 0 && m.NowMS >= one.untilMS {
		found = false
	}
	return one.value, found, m.failure("kv")
}

func (m *Memory) set(plugin bool, key string, value []byte, ttlMS uint64) {
	one := held{value: append([]byte{}, value...)}
	if ttlMS != 0 {
		one.untilMS = m.NowMS + ttlMS
	}
	m.kv[place(plugin, key)] = one
}

// KVGet reads bytes.
func KVGet(plugin bool, key string) ([]byte, bool, error) {
	lock.Lock()
	defer lock.Unlock()
	return memory.get(plugin, key)
}

// KVSet writes bytes.
func KVSet(plugin bool, key string, value []byte, ttlMS uint64) error {
	lock.Lock()
	defer lock.Unlock()
	if err := memory.failure("kv"); err != nil {
		return err
	}
	memory.set(plugin, key, value, ttlMS)
	return nil
}

// KVDelete removes a key.
func KVDelete(plugin bool, key string) (bool, error) {
	lock.Lock()
	defer lock.Unlock()
	_, found, err := memory.get(plugin, key)
	if err == nil {
		delete(memory.kv, place(plugin, key))
	}
	return found, err
}

// KVIncrement adds to a counter.
func KVIncrement(plugin bool, key string, by int64, ttlMS uint64) (int64, error) {
	lock.Lock()
	defer lock.Unlock()
	value, found, err := memory.get(plugin, key)
	if err != nil {
		return 0, err
	}
	var before int64
	if found {
		if before, err = strconv.ParseInt(string(value), 10, 64); err != nil {
			return 0, fault.Refused("kv.unavailable", "`%s` holds no counter", key)
		}
	}
	memory.set(plugin, key, strconv.AppendInt(nil, before+by, 10), ttlMS)
	return before + by, nil
}

// KVCompareAndSet writes bytes if there are still those that are expected; nil expects none.
func KVCompareAndSet(plugin bool, key string, expected, value []byte, ttlMS uint64) (bool, error) {
	lock.Lock()
	defer lock.Unlock()
	before, found, err := memory.get(plugin, key)
	if err != nil {
		return false, err
	}
	if found != (expected != nil) || found && string(before) != string(expected) {
		return false, nil
	}
	memory.set(plugin, key, value, ttlMS)
	return true, nil
}

// Send asks the test for an answer.
func Send(request Request) (Response, error) {
	lock.Lock()
	err, answer := memory.failure("http"), memory.Answer
	memory.Asked = append(memory.Asked, request)
	lock.Unlock()
	if err != nil {
		return Response{}, err
	}
	if answer == nil {
		return Response{}, fault.Refused("http.denied", "the test answers no requests")
	}
	return answer(request)
}

// Placeholder stands for a secret in requests.
func Placeholder(name string) (string, error) {
	if _, err := Reveal(name); err != nil {
		return "", err
	}
	return "{secret:" + name + "}", nil
}

// Reveal is the secret itself.
func Reveal(name string) (string, error) {
	lock.Lock()
	defer lock.Unlock()
	value, found := memory.Secrets[name]
	if !found {
		return "", fault.Refused("secrets.missing", "secret `%s` has no value; the operator sets it", name)
	}
	return value, memory.failure("secrets")
}

// Progress keeps an update.
func Progress(percent int, message string) {
	With(func(m *Memory) { m.Told = append(m.Told, Told{percent, message}) })
}

// Publish keeps an event.
func Publish(topic, payload string) error {
	lock.Lock()
	defer lock.Unlock()
	if err := memory.failure("events"); err != nil {
		return err
	}
	memory.Published = append(memory.Published, Published{topic, payload})
	return nil
}
