// Package kv is small durable state, one name space per plugin. Calls run at the same time, in sandboxes that share nothing
// else: what two of them may change goes through [Update], [Space.Increment] or [Space.CompareAndSet].
//
// Errors have the codes kv.not-granted, kv.too-large, kv.quota, kv.unavailable and kv.wrong-type.
package kv

import (
	"bytes"
	"encoding/json"
	"time"

	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/host"
)

// UpdatesMax is how often [Update] tries before it says that the key is contended.
const UpdatesMax = 64

// Space is the state of one scope.
type Space struct {
	plugin bool
	ttlMS  uint64
}

// Plugin is the state that all calls of the plugin share.
func Plugin() Space { return Space{plugin: true} }

// Session is the state that the calls of this conversation share; it is gone when the conversation is.
func Session() Space { return Space{} }

// ForAtMost is the same, but what it writes is gone after this time.
func (s Space) ForAtMost(ttl time.Duration) Space {
	s.ttlMS = uint64(max(ttl.Milliseconds(), 1))
	return s
}

// Get reads the JSON value of a key into what value points to; says whether there is one.
func (s Space) Get(key string, value any) (bool, error) {
	text, found, err := s.GetBytes(key)
	if err != nil || !found {
		return false, err
	}
	return true, decode(text, value)
}

// Set writes a JSON value, whatever was there.
func (s Space) Set(key string, value any) error {
	text, err := encode(value)
	if err != nil {
		return err
	}
	return s.SetBytes(key, text)
}

// GetBytes reads the bytes of a key; says whether it is there.
func (s Space) GetBytes(key string) ([]byte, bool, error) { return host.KVGet(s.plugin, key) }

// SetBytes writes bytes, whatever was there.
func (s Space) SetBytes(key string, value []byte) error {
	return host.KVSet(s.plugin, key, value, s.ttlMS)
}

// Delete removes a key; says whether it was there.
func (s Space) Delete(key string) (bool, error) { return host.KVDelete(s.plugin, key) }

// Increment adds to a counter, which begins at 0, and gives the sum, in one step.
func (s Space) Increment(key string, by int64) (int64, error) {
	return host.KVIncrement(s.plugin, key, by, s.ttlMS)
}

// CompareAndSet writes value if the bytes of the key are still those that are expected (nil for none); says whether they
// were.
func (s Space) CompareAndSet(key string, expected, value []byte) (bool, error) {
	return host.KVCompareAndSet(s.plugin, key, expected, value, s.ttlMS)
}

// Update changes a JSON value as one step, though others change it too: change gets what is there (nil for nothing) and
// gives what shall be there, and runs again when somebody was faster. Update gives what was written.
func Update[T any](space Space, key string, change func(before *T) (T, error)) (T, error) {
	var after T
	for range UpdatesMax {
		before, found, err := space.GetBytes(key)
		if err != nil {
			return after, err
		}
		var value *T
		if found {
			value = new(T)
			if err := decode(before, value); err != nil {
				return after, err
			}
		} else {
			before = nil
		}
		if after, err = change(value); err != nil {
			return after, err
		}
		text, err := encode(after)
		if err != nil {
			return after, err
		}
		done := found && bytes.Equal(before, text)
		if !done {
			done, err = space.CompareAndSet(key, before, text)
		}
		if done || err != nil {
			return after, err
		}
	}
	return after, fault.Refused("kv.unavailable", "`%s` changed %d times during one update", key, UpdatesMax)
}

func decode(text []byte, value any) error {
	if err := json.Unmarshal(text, value); err != nil {
		return fault.Refused("kv.wrong-type", "the state holds another type: %s", err)
	}
	return nil
}

func encode(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fault.Refused("kv.wrong-type", "the value does not go into JSON: %s", err)
	}
	return text, nil
}
