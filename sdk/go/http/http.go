// Package http sends requests to the hosts that plugin.toml asks for and the operator grants.
//
// Errors have the codes http.denied, http.invalid-request, http.timeout, http.dns, http.connect, http.tls, http.too-large,
// http.quota and http.protocol. A status of 400 or more is no error here.
package http

import (
	"encoding/json"
	"strings"
	"time"

	"cicerone/sdk/internal/host"
)

// Request is what to ask. Only URL is needed.
type Request struct {
	// Method is GET when it is empty.
	Method string
	URL    string
	// Header has one value for each name.
	Header map[string]string
	// Body is sent as it is; nil is none.
	Body []byte
	// Timeout is as long as the call has left when it is zero.
	Timeout time.Duration
}

// Response is the answer.
type Response struct {
	Status int
	header []host.Pair
	Body   []byte
}

// Send sends a request and waits for its answer.
func Send(request Request) (*Response, error) {
	asked := host.Request{
		Method: request.Method, URL: request.URL, Body: request.Body, TimeoutMS: uint32(request.Timeout.Milliseconds()),
	}
	if asked.Method == "" {
		asked.Method = "GET"
	}
	for name, value := range request.Header {
		asked.Headers = append(asked.Headers, host.Pair{Key: name, Value: value})
	}
	told, err := host.Send(asked)
	if err != nil {
		return nil, err
	}
	return &Response{Status: int(told.Status), header: told.Headers, Body: told.Body}, nil
}

// Get asks for a URL.
func Get(url string) (*Response, error) { return Send(Request{URL: url}) }

// Header is the first header of this name, in capitals or small letters, or empty.
func (r *Response) Header(name string) string {
	for _, header := range r.header {
		if strings.EqualFold(header.Key, name) {
			return header.Value
		}
	}
	return ""
}

// JSON reads the body into what value points to.
func (r *Response) JSON(value any) error { return json.Unmarshal(r.Body, value) }
