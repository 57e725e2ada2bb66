// Package resttest holds what tests of any door need to compare real exchanges with api/openapi.yaml.
package resttest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	invalid "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/paths"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	"ari-recorder/api"
)

// maxBody is up to which size request bodies are looked at, in bytes; larger ones are only for being refused.
const maxBody = 1 << 20

// Validator is an http.RoundTripper that holds every exchange against the document: answers always, requests if they were
// answered as asked, since a test may well send nonsense. An exchange that does not fit is an error of RoundTrip. The
// bodies of audio are not read. It is safe for concurrent use.
type Validator struct {
	next  http.RoundTripper
	check validator.Validator
	model *v3.Document

	mu        sync.Mutex
	exercised map[string]bool
}

// New makes a validator of what next exchanges; nil is http.DefaultTransport.
func New(next http.RoundTripper) (*Validator, error) {
	if next == nil {
		next = http.DefaultTransport
	}
	document, err := libopenapi.NewDocument(api.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("understand the document: %w", err)
	}
	check, problems := validator.NewValidator(document, config.WithoutSecurityValidation(), config.WithFormatAssertions())
	if len(problems) > 0 {
		return nil, fmt.Errorf("prepare the document: %w", errors.Join(problems...))
	}
	if ok, problems := check.ValidateDocument(); !ok {
		return nil, fmt.Errorf("the document is not valid: %w", explain(problems))
	}
	return &Validator{next: next, check: check, model: &model.Model, exercised: map[string]bool{}}, nil
}

// RoundTrip exchanges a request for its answer and compares both with the document.
func (v *Validator) RoundTrip(r *http.Request) (*http.Response, error) {
	body, whole, err := peek(r)
	if err != nil {
		return nil, err
	}
	answer, err := v.next.RoundTrip(withBody(r, body))
	if err != nil {
		return nil, err
	}
	if err := v.compare(withBody(r, body), whole, answer); err != nil {
		return nil, errors.Join(fmt.Errorf("%s %s, %d: %w", r.Method, r.URL.Path, answer.StatusCode, err), answer.Body.Close())
	}
	return answer, nil
}

// peek reads a body that is needed twice; whole is false if it may be too large for that.
func peek(r *http.Request) (body []byte, whole bool, err error) {
	if r.Body == nil || r.ContentLength > maxBody || r.ContentLength < 0 {
		return nil, r.Body == nil, nil
	}
	body, err = io.ReadAll(r.Body)
	return body, true, errors.Join(err, r.Body.Close())
}

// withBody is a request of its own: the validator writes into those that it is given, while the transport still reads.
func withBody(r *http.Request, body []byte) *http.Request {
	original := r.Body
	r = r.Clone(r.Context())
	if body == nil {
		r.Body = original
		return r
	}
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r
}

func (v *Validator) compare(r *http.Request, whole bool, answer *http.Response) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	operation := v.operation(r)
	if operation == nil {
		return v.undocumented(r, answer)
	}
	if answer.StatusCode < http.StatusBadRequest {
		if ok, problems := v.check.ValidateHttpRequestSync(r); whole && !ok {
			return fmt.Errorf("the request was answered as asked and is not in the document: %w", explain(problems))
		}
		v.exercised[operation.OperationId] = true
	}
	if ok, problems := v.check.ValidateHttpResponse(r, answer); !ok {
		return fmt.Errorf("the answer is not in the document: %w", explain(problems))
	}
	return nil
}

// operation is what the document says of the request's method and path; nil if nothing.
func (v *Validator) operation(r *http.Request) *v3.Operation {
	item, _, _ := paths.FindPath(r, v.model, config.NewValidationOptions())
	if item == nil {
		return nil
	}
	return item.GetOperations().GetOrZero(strings.ToLower(r.Method))
}

// undocumented lets refusals pass: what is not there is not described. Nor is HEAD where it says no more than GET.
func (v *Validator) undocumented(r *http.Request, answer *http.Response) error {
	if answer.StatusCode >= http.StatusBadRequest || r.Method == http.MethodOptions {
		return nil
	}
	if get := r.Clone(r.Context()); r.Method == http.MethodHead {
		get.Method = http.MethodGet
		if v.operation(get) != nil {
			return nil
		}
	}
	return errors.New("the document has no such operation")
}

// Operations are the ids of all operations of the document, in order.
func (v *Validator) Operations() []string {
	var ids []string
	for _, item := range v.model.Paths.PathItems.FromOldest() {
		for _, operation := range item.GetOperations().FromOldest() {
			ids = append(ids, operation.OperationId)
		}
	}
	slices.Sort(ids)
	return ids
}

// Exercised are the ids of the operations that were answered as asked so far, in order.
func (v *Validator) Exercised() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.exercised))
}

// Missing are the ids of the operations that were not exercised yet, in order.
func (v *Validator) Missing() []string {
	done := v.Exercised()
	return slices.DeleteFunc(v.Operations(), func(id string) bool { return slices.Contains(done, id) })
}

// explain puts what the validator says into one error.
func explain(problems []*invalid.ValidationError) error {
	var all []error
	for _, p := range problems {
		all = append(all, fmt.Errorf("%s: %s", p.Message, p.Reason))
		for _, s := range p.SchemaValidationErrors {
			all = append(all, fmt.Errorf("  %s: %s", s.KeywordLocation, s.Reason))
		}
	}
	return errors.Join(all...)
}
