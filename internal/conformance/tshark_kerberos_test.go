package conformance

import "strings"

// enctypes are the encryption types that both name (RFC 3961 8).
var enctypes = map[string]string{
	"1": "des-cbc-crc", "2": "des-cbc-md4", "3": "des-cbc-md5", "16": "des3-cbc-sha1-kd", "17": "aes128-cts-hmac-sha1-96", "18": "aes256-cts-hmac-sha1-96",
	"19": "aes128-cts-hmac-sha256-128", "20": "aes256-cts-hmac-sha384-192", "23": "rc4-hmac", "24": "rc4-hmac-exp", "25": "camellia128-cts-cmac",
	"26": "camellia256-cts-cmac", "-128": "rc4-md4", "-133": "rc4-hmac-old", "-135": "rc4-hmac-old-exp",
}

// Why tshark and we differ on Kerberos.
const (
	tKrbAsk = "A question for the other side's ticket (user to user), which has the name of a realm and no ticket"
	tKrbDNS = "A ticket in a secure update of DNS (RFC 3645), which is not looked into"
)

// kerberosFields are those of Kerberos. tshark gives the parts of principals one by
// one, and those of requests, answers and tickets together.
func kerberosFields() []toldField {
	exchange := of("kerberos.msg_type", "request_type").as(words(map[string]string{"10": "AS", "11": "AS", "12": "TGS", "13": "TGS"})).by(onlyOf("AS", "TGS"))
	etypes := of("kerberos.etype", "etypes", "kdc_etypes", "cipher", "reply_cipher", "ap_cipher").less()
	etypes.columns = append(etypes.columns, "kerberos.ENCTYPE")
	etypes = etypes.as(words(enctypes))
	etypes.mine = func(_ string, v any) string {
		for _, name := range enctypes {
			if name == v {
				return name
			}
		}
		return ""
	}
	realms := of("kerberos.realm", "realm", "ap_service")
	realms.each = func(_, v string) []string { return []string{v[strings.LastIndexByte(v, '/')+1:]} }
	return []toldField{
		exchange,
		parts("client", "kerberos.CNameString").less(), // the centre may write a name in another way
		parts("service", "kerberos.SNameString", "ap_service").less(),
		of("kerberos.error_code", "error_code"),
		etypes,
		realms.less(),
		of("kerberos.e_text", "error_msg").as(tidy).by(func(v string) string {
			if strings.HasPrefix(v, "KDC_ERR") || strings.HasPrefix(v, "KRB_") { // the name of the code, where there is no text
				return ""
			}
			return tidy(v)
		}).less(),
	}
}

// parts are those of principals: tshark has a value for each, we join them by
// slashes, some of them with their realm behind.
func parts(name, column string, more ...string) toldField {
	f := of(column, append([]string{name}, more...)...)
	f.read = func(p packetRow) []string {
		var out []string
		for _, v := range p[column] {
			out = append(out, strings.Split(v, "/")...)
		}
		return out
	}
	f.each = func(field, v string) []string {
		all := strings.Split(v, "/")
		if field != "service" {
			all = all[:len(all)-1]
		}
		return all
	}
	return f
}
