package smb

import (
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// TestShared reads captures of others; what they tell was read with tshark too.
func TestShared(t *testing.T) {
	for name, want := range map[string][]string{
		"03-smb1/zeek__krb__smb_gssapi.pcap": {`"dialect":"NT LM 0.12"`, `"server_guid":"00000015-8493-2a7e-ae8c-a04d2d49ce42"`, `"server_signing":"enabled"`,
			`"native_os":"Windows 5.0","native_lan_manager":"Windows 2000 LAN Manager","client_native_os":"Windows 2002 Service Pack 2 2600"`},
		"03-smb1/zeek__smb__smb1_transaction2_request.pcap":                                              {`"server_name":"JESSIE","server_domain":"TEST"`, `"native_lan_manager":"Samba 4.7.4"`, `"guest":true`},
		"03-smb1/zeek__smb__cifs_negotiate_lanman.pcap":                                                  {`"dialect":"LANMAN2.1"`},
		"04-smb2-3/suricata-verify__smb2-frames-gap-payload-logging-02__smb2-peter-minus-p191-p192.pcap": {`"dialect":"2.0.2"`, `"granted":1,"guest":true`},
		"04-smb2-3/zeek__smb__smb311.pcap":                                                               {`"dialect":"3.1.1"`, `"server_signing":"required"`, `"cipher":"AES-128-CCM"`, `"server_boot_time":1540586308.`},
		"04-smb2-3/zeek__dce-rpc__kerberos445_auth.pcapng":                                               {`"target_name":"BLACKCLOVER-DC"`, `"status":"SUCCESS"`},
		"04-smb2-3/wireshark-4.0.17__smb311-chained-patternv1-lznt1.pcapng.gz":                           {`"version":"SMB3"`},
	} {
		t.Run(name, func(t *testing.T) {
			records, _ := prototest.Run(t, prototest.Load(t, prototest.Shared(t, "pcaps/"+name)), &Spec)
			got := prototest.JSON(records, &Spec)
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("no %s in %s", w, got)
				}
			}
		})
	}
}
