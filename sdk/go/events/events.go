// Package events puts custom events on the bus, topic plugin.<name>.<topic>.
//
// Errors have the codes events.not-granted, events.too-large and events.quota.
package events

import (
	"encoding/json"

	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/host"
)

// Publish puts an event on the bus; its payload goes into JSON.
func Publish(topic string, payload any) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return fault.New(fault.Internal, "the event does not go into JSON: %s", err)
	}
	return host.Publish(topic, string(text))
}
