package sessions

import (
	"fmt"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
)

// call is what a remote procedure is worth here.
type call struct {
	kind   Kind
	weight int
}

// calls are those that make, change or start what runs, by interface and operation. An
// operation of * is any of the interface.
var calls = map[[2]string]call{
	{"svcctl", "CreateServiceW"}:                    {Service, 2},
	{"svcctl", "CreateServiceA"}:                    {Service, 2},
	{"svcctl", "CreateServiceWOW64W"}:               {Service, 2},
	{"svcctl", "CreateServiceWOW64A"}:               {Service, 2},
	{"svcctl", "CreateWowService"}:                  {Service, 2},
	{"svcctl", "ChangeServiceConfigW"}:              {Service, 1},
	{"svcctl", "ChangeServiceConfigA"}:              {Service, 1},
	{"svcctl", "StartServiceW"}:                     {Service, 3},
	{"svcctl", "StartServiceA"}:                     {Service, 3},
	{"atsvc", "NetrJobAdd"}:                         {Task, 2},
	{"ITaskSchedulerService", "SchRpcRegisterTask"}: {Task, 1},
	{"ITaskSchedulerService", "SchRpcRun"}:          {Task, 2},
	{"IWbemLevel1Login", "NTLMLogin"}:               {WMI, 1},
	{"IWbemServices", "ExecMethod"}:                 {WMI, 3},
	{"IWbemServices", "ExecMethodAsync"}:            {WMI, 3},
	{"IWbemServices", "PutInstance"}:                {WMI, 2},
	{"IWbemServices", "PutInstanceAsync"}:           {WMI, 2},
	{"IRemoteSCMActivator", "RemoteCreateInstance"}: {DCOM, 1},
	{"IRemoteSCMActivator", "RemoteGetClassObject"}: {DCOM, 1},
	{"IActivation", "RemoteActivation"}:             {DCOM, 1},
	{"IWbemServices", "*"}:                          {WMI, 0},
	{"IWbemLevel1Login", "*"}:                       {WMI, 0},
}

// readRPC takes calls that run something elsewhere. Activation of WMI's own classes is
// its log-in only when it is refused; the calls to it come in another conversation.
func readRPC(b *Book, d *dcerpc.Record, r *event.Record) {
	c, ok := calls[[2]string{d.Endpoint, d.Operation}]
	if !ok {
		if c, ok = calls[[2]string{d.Endpoint, "*"}]; !ok {
			return
		}
	}
	what := "dce_rpc: " + d.Endpoint + " " + d.Operation
	name := ""
	switch c.kind {
	case Service, Task:
		name = d.Target
	case DCOM:
		// What a sealed activation wants is not known; that it was refused is.
		wbem := strings.HasPrefix(d.Target, "Wbem")
		if (wbem || d.Target == "") && d.Outcome != "refused" {
			return
		}
		if wbem {
			c.kind = WMI
		}
		what = strings.TrimSpace(what + " " + d.Target)
	}
	if d.Operation == "NetrJobAdd" {
		b.once(r, d, c, what) // jobs have no names: each is an attempt
		return
	}
	b.attempt(r, c.kind, name, d.Backward).called(d, c, what)
}

// once is an attempt that one call decides.
func (b *Book) once(r *event.Record, d *dcerpc.Record, c call, what string) {
	client, server := ends(r.Conn, d.Backward)
	a := &attempt{Session: Session{Kind: c.kind, Client: client.IP, Server: server.IP, Port: server.Port, Outcome: Unknown, Start: r.TS, Last: r.TS, UIDs: []string{r.Conn.UID}}}
	if t, ok := b.talks.Get(r.Conn.UID); ok {
		a.User = t.user
	}
	a.called(d, c, what)
	a.conclude(b.rows, b.cfg.Max, &b.shed)
}

// returned is what a method of WMI that was run says of itself. 2 and 3 are access denied
// and insufficient privilege for those that make processes, services and shares.
func returned(v uint64) Outcome {
	if v == 2 || v == 3 {
		return Refused
	}
	return Unknown
}

// called enters how a call ended. A program that was started and did not report back in
// time runs all the same. Sealed answers do not tell their result: a client that goes on
// after one had no refusal, so the second makes a session likely.
func (a *attempt) called(d *dcerpc.Record, c call, what string) {
	switch d.Outcome {
	case "accepted":
		if c.kind == WMI && d.ReturnValue.OK && d.ReturnValue.V != 0 {
			a.step(returned(d.ReturnValue.V), c.weight, fmt.Sprintf("%s accepted, return_value %d", what, d.ReturnValue.V))
			return
		}
		a.step(Granted, c.weight, what+" accepted")
	case "refused":
		a.step(Refused, c.weight, what+" refused")
	case "failed":
		if d.Status == "ERROR_SERVICE_REQUEST_TIMEOUT" {
			a.step(Granted, c.weight, what+" accepted, no report in time")
			return
		}
		a.step(Unknown, c.weight, what+" failed")
	case "answered":
		if a.sealed++; a.sealed > 1 {
			a.step(Likely, c.weight, what+" answered, sealed")
			return
		}
		a.step(Unknown, c.weight, what+" answered, sealed")
	default:
		a.step(Unknown, c.weight, what+" not answered")
	}
}
