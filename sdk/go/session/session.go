// Package session reads the conversation's context where plugin.toml asks for it. A tool changes it with Reply.Patch.
//
// Errors have the codes session.not-granted, session.bad-pointer and session.wrong-type.
package session

import (
	"encoding/json"

	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/host"
)

// Get reads what is at a JSON pointer into what value points to; says whether there is something.
func Get(pointer string, value any) (bool, error) {
	text, found, err := host.Session(pointer)
	if err != nil || !found {
		return false, err
	}
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return false, fault.Refused("session.wrong-type", "`%s` holds another type: %s", pointer, err)
	}
	return true, nil
}
