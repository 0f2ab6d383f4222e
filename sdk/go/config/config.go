// Package config reads the settings of plugin.toml, never secrets.
package config

import "cicerone/sdk/internal/host"

// Get is a setting, or empty.
func Get(key string) string {
	value, _ := host.Config(key)
	return value
}

// Lookup is a setting, and whether it is there.
func Lookup(key string) (string, bool) { return host.Config(key) }
