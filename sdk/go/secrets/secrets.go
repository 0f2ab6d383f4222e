// Package secrets names what the operator keeps for the plugin. A tool gets a placeholder, which the host swaps for the
// value in requests to the hosts that the secret is bound to.
//
// Errors have the codes secrets.not-granted and secrets.missing.
package secrets

import "cicerone/sdk/internal/host"

// Placeholder stands for a secret in requests: put it where the value belongs.
func Placeholder(name string) (string, error) { return host.Placeholder(name) }

// Reveal is the value itself, only where plugin.toml says expose = true.
func Reveal(name string) (string, error) { return host.Reveal(name) }
