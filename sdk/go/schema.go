package cicerone

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Schema is the JSON Schema of a type, by the rules of encoding/json. A field is required unless it is a pointer or its
// tag says omitempty or omitzero. Of a field, `doc:"…"` is the description, and `schema:"…"` has more words of JSON Schema,
// parted by commas: `schema:"minimum=1,maximum=9"`, `schema:"enum=red|green,default=red"`, `schema:"format=date"`.
//
// What has a mind of its own (json.Marshaler, any, a type that contains itself) is any value.
func Schema[T any]() string {
	return schemaText(reflect.TypeFor[T](), false)
}

// A list that is given may be null, because a nil slice is; one that is taken may not.
func schemaText(of reflect.Type, given bool) string {
	text, err := json.Marshal(schema(of, scope{given: given}))
	if err != nil {
		panic(fmt.Sprintf("the schema of %s: %s", of, err))
	}
	return string(text)
}

// The words of a schema in the order in which people read them.
type schemaObject struct {
	keys   []string
	values map[string]any
}

func object(pairs ...any) *schemaObject {
	made := &schemaObject{values: map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		made.set(pairs[i].(string), pairs[i+1])
	}
	return made
}

func (o *schemaObject) set(key string, value any) {
	if _, there := o.values[key]; !there {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// MarshalJSON writes the words in their order.
func (o *schemaObject) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, key := range o.keys {
		value, err := json.Marshal(o.values[key])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(strconv.AppendQuote(text, key), ':')
		text = append(text, value...)
	}
	return append(text, '}'), nil
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	timeType      = reflect.TypeFor[time.Time]()
)

// Where a type stands: whether it is given or taken, and what it lies in.
type scope struct {
	given  bool
	inside []reflect.Type
}

func (s scope) in(of reflect.Type) scope {
	return scope{s.given, append(s.inside, of)}
}

func schema(of reflect.Type, at scope) *schemaObject {
	for _, outer := range at.inside {
		if outer == of {
			return object()
		}
	}
	switch {
	case of == timeType:
		return object("type", "string", "format", "date-time")
	case of.Implements(marshaler) || reflect.PointerTo(of).Implements(marshaler):
		return object()
	case of.Implements(textMarshaler) || reflect.PointerTo(of).Implements(textMarshaler):
		return object("type", "string")
	}
	switch of.Kind() {
	case reflect.Bool:
		return object("type", "boolean")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object("type", "integer")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return object("type", "integer", "minimum", 0)
	case reflect.Float32, reflect.Float64:
		return object("type", "number")
	case reflect.String:
		return object("type", "string")
	case reflect.Pointer:
		return schema(of.Elem(), at)
	case reflect.Slice, reflect.Array:
		if of.Elem().Kind() == reflect.Uint8 && of.Kind() == reflect.Slice {
			return object("type", "string", "contentEncoding", "base64")
		}
		var kind any = "array"
		if at.given && of.Kind() == reflect.Slice {
			kind = []string{"array", "null"}
		}
		return object("type", kind, "items", schema(of.Elem(), at.in(of)))
	case reflect.Map:
		return object("type", "object", "additionalProperties", schema(of.Elem(), at.in(of)))
	case reflect.Struct:
		return structSchema(of, at.in(of))
	default:
		return object()
	}
}

func structSchema(of reflect.Type, at scope) *schemaObject {
	properties, required := object(), []string{}
	for _, field := range reflect.VisibleFields(of) {
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		embedded := field.Anonymous && name == ""
		if !field.IsExported() || tag == "-" || embedded || isShadowed(of, field) {
			continue
		}
		if name == "" {
			name = field.Name
		}
		property := schema(field.Type, at)
		if doc := field.Tag.Get("doc"); doc != "" {
			property.set("description", doc)
		}
		for word := range strings.SplitSeq(field.Tag.Get("schema"), ",") {
			if key, value, is := strings.Cut(word, "="); is {
				property.set(key, keyword(key, value))
			}
		}
		properties.set(name, property)
		if field.Type.Kind() != reflect.Pointer && !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	made := object("type", "object", "properties", properties)
	if len(required) > 0 {
		made.set("required", required)
	}
	return made
}

// Whether the field lies in a struct that is a property of its own.
func isShadowed(of reflect.Type, field reflect.StructField) bool {
	for i := 1; i < len(field.Index); i++ {
		outer := of.FieldByIndex(field.Index[:i])
		if name, _, _ := strings.Cut(outer.Tag.Get("json"), ","); name != "" {
			return true
		}
	}
	return false
}

// A word's value: a list of the parts between |, or JSON, or a text.
func keyword(key, text string) any {
	if key == "enum" {
		values := []any{}
		for part := range strings.SplitSeq(text, "|") {
			values = append(values, plain(part))
		}
		return values
	}
	if key == "pattern" || key == "format" {
		return text
	}
	return plain(text)
}

func plain(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		return value
	}
	return text
}
