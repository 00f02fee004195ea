package browser

import (
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// TestShared reads captures of others; what they tell was read with tshark too.
func TestShared(t *testing.T) {
	for name, want := range map[string]string{
		"03-smb1/arkime__nbns.pcap":               `"kind":"host_announcement","name":"MDJR98","os_version":"4.0","server_types":["workstation","server","windows_for_workgroups","windows_95"],"browser_version":"21.4"`,
		"03-smb1/zeek__smb__raw_ntlm_in_smb.pcap": `"kind":"local_master_announcement","name":"TEST-F7DFBC3FE9","os_version":"5.1","server_types":["workstation","server","nt_workstation","potential_browser","master_browser"]`,
		"12-name-discovery/nDPI__netbios.pcap":    `"name":"NVR9","os_version":"6.1","server_types":["workstation","server","sql_server","nt_workstation","potential_browser"]`,
	} {
		t.Run(name, func(t *testing.T) {
			records, _ := prototest.Run(t, prototest.Load(t, prototest.Shared(t, "pcaps/"+name)), &Spec)
			if got := prototest.JSON(records, &Spec); !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		})
	}
}
