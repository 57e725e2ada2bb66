package lab

// Technology is the channel driver by which phones are connected, and the first part of their channels' names.
type Technology string

// The technologies that the lab's phones can be connected by. Asterisk 21 is the first without SIP, which is chan_sip.
const (
	PJSIP Technology = "PJSIP"
	SIP   Technology = "SIP"
)

// driver is what a technology needs of Asterisk.
type driver struct {
	dial    string // a phone, at the port that the caller names
	third   string // a phone, at the port that stands behind its extension: *412*10017
	modules string
}

var drivers = map[Technology]driver{
	PJSIP: {
		dial:  "PJSIP/${EXTEN}/sip:${EXTEN}@127.0.0.1:${PJSIP_HEADER(read,X-Callee)}",
		third: "PJSIP/${CUT(EXTEN,*,2)}/sip:${CUT(EXTEN,*,2)}@127.0.0.1:${CUT(EXTEN,*,3)}",
		modules: `res_pjsip res_pjsip_authenticator_digest res_pjsip_session res_pjsip_sdp_rtp res_pjsip_endpoint_identifier_user
			res_pjsip_caller_id res_pjsip_header_funcs res_pjsip_pubsub res_pjsip_refer res_pjsip_rfc3326 res_pjsip_dtmf_info chan_pjsip`,
	},
	SIP: {
		dial:    "SIP/${EXTEN}/${EXTEN}/127.0.0.1:${SIP_HEADER(X-Callee)}",
		third:   "SIP/${CUT(EXTEN,*,2)}/${CUT(EXTEN,*,2)}/127.0.0.1:${CUT(EXTEN,*,3)}",
		modules: "chan_sip",
	},
}
