package windows

import (
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/wsman"
)

func TestL3(t *testing.T) {
	set := func(key, value, outcome string) func(*ruletest.Scene) {
		return saying(&dcerpc.Record{Endpoint: "winreg", Operation: "BaseRegSetValue", Target: key, Detail: "value " + value + ", REG_DWORD, 4 bytes", Outcome: outcome})
	}
	ruletest.Run(t, l3,
		ruletest.Case{Name: "filter", Play: set(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "LocalAccountTokenFilterPolicy", "accepted"), Want: []string{"medium 10.0.0.5>10.0.0.9 LocalAccountTokenFilterPolicy accepted"}},
		ruletest.Case{Name: "by a modality", Play: set(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run`, "x", "accepted"), Roles: fromCT, Want: []string{"high 10.0.0.5>10.0.0.9 program at logon accepted"}},
		ruletest.Case{Name: "refused", Play: set(`HKLM\X`, "autoadminlogon", "refused"), Want: []string{"low 10.0.0.5>10.0.0.9 AutoAdminLogon refused"}},
		ruletest.Case{Name: "another value", Play: set(`HKLM\SOFTWARE\Vendor`, "Interval", "accepted")},
		ruletest.Case{Name: "a key of a like name", Play: set(`HKLM\SOFTWARE\Vendor\Run`, "Interval", "accepted")})
}

func TestL4(t *testing.T) {
	sync := func(operation, outcome string) func(*ruletest.Scene) {
		return saying(&dcerpc.Record{Endpoint: "drsuapi", Operation: operation, Outcome: outcome, Closed: true})
	}
	as := func(r roles.Role) map[string]roles.Role { return map[string]roles.Role{"10.0.0.5": r} }
	ruletest.Run(t, l4,
		ruletest.Case{Name: "by nobody known", Play: sync("DRSGetNCChanges", "answered"), Want: []string{"medium 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "by a desk", Play: sync("DRSGetNCChanges", "accepted"), Roles: as(roles.RegistrationDesk), Want: []string{"critical 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "by a domain controller", Play: sync("DRSGetNCChanges", "accepted"), Roles: as(roles.DomainController), Want: []string{"info 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "refused", Play: sync("DRSGetNCChanges", "refused"), Roles: as(roles.PC), Want: []string{"low 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "a name is looked up", Play: sync("DRSCrackNames", "accepted")})
}

func TestL5(t *testing.T) {
	method := func(class, name, outcome string) *dcerpc.Record {
		return &dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Target: class, Detail: "method " + name, Outcome: outcome}
	}
	nonzero := method("Win32_Process", "Create", "accepted")
	nonzero.ReturnValue = event.N(9)
	ruletest.Run(t, l5,
		ruletest.Case{Name: "dcom", Play: saying(method("Win32_Process", "Create", "accepted")), Want: []string{"medium 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "by a modality", Play: saying(method("Win32_Process", "Create", "accepted")), Roles: fromCT, Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "path not found", Play: saying(nonzero), Want: []string{"low 10.0.0.5>10.0.0.9 failed"}},
		ruletest.Case{Name: "winrm", Play: saying(&wsman.Record{IsOrig: true, Class: "Win32_Process", Method: "Create", Status: event.N(200)}), Want: []string{"medium 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "winrm, refused", Play: saying(&wsman.Record{IsOrig: true, Class: "Win32_Process", Method: "Create", Status: event.N(500), Fault: "AccessDenied"}), Want: []string{"low 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "another method", Play: saying(method("Win32_Process", "GetOwner", "accepted"), method("StdRegProv", "CreateKey", "accepted"))},
		ruletest.Case{Name: "sealed", Play: saying(&dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Closed: true, Outcome: "answered"})})
}
