/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Who may do what (DSP0266, "Security"): TLS, accounts, passwords, sessions.
 * Part of svc.h.
 */
#ifndef FABMON_SVC_AUTH_H
#define FABMON_SVC_AUTH_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define SVC_NAME_SIZE	64	/* bytes of an account's name with its NUL */
#define SVC_HASH_SIZE	256	/* bytes of a crypt(3) hash with its NUL */
#define SVC_PASSWORD_SIZE 256	/* bytes of a password with its NUL */
#define SVC_TOKEN_SIZE	65	/* 256 bits in hex, with the NUL */

#define SVC_SESSIONS	"/redfish/v1/SessionService"
#define SVC_ACCOUNTS	"/redfish/v1/AccountService"

struct service_security;
struct svc_reply;
struct svc_request;
struct svc_logins;
struct svc_pause;
struct svc_site;
struct svc_source_ops;

/* ---- privilege.c -------------------------------------------------------- */

/* Privileges of the standard, and the roles that have them. */
#define SVC_MAY_LOGIN		1u
#define SVC_MAY_MANAGER		2u	/* ConfigureManager */
#define SVC_MAY_USERS		4u	/* ConfigureUsers */
#define SVC_MAY_COMPONENTS	8u	/* ConfigureComponents */
#define SVC_MAY_SELF		16u	/* ConfigureSelf */

enum svc_role { SVC_ADMINISTRATOR, SVC_OPERATOR, SVC_READ_ONLY, SVC_ROLES };

/**
 * struct svc_who - who sent a request
 * @may: privileges, SVC_MAY_*
 * @name: of the account, "" without one
 * @trusted: by its address only: it may read, and do what sources let it
 */
struct svc_who {
	unsigned int may;
	char name[SVC_NAME_SIZE];
	bool trusted;
};

const char *svc_role_name(enum svc_role role);
int svc_role_parse(const char *name, enum svc_role *role);
unsigned int svc_role_may(enum svc_role role);
unsigned int svc_privilege_needed(const char *type, const char *method);

/* ---- account.c ---------------------------------------------------------- */

#define SVC_ACCOUNTS_MAX	64

/**
 * struct svc_account - one account
 * @hash: of crypt(3); "*" where no password is good
 */
struct svc_account {
	char name[SVC_NAME_SIZE];
	char hash[SVC_HASH_SIZE];
	enum svc_role role;
};

/**
 * struct svc_accounts - what an accounts file holds; read-only once it is made
 * @decoy: a hash that takes as long as another, of no password
 */
struct svc_accounts {
	size_t count;
	char decoy[SVC_HASH_SIZE];
	struct svc_account account[SVC_ACCOUNTS_MAX];
};

int svc_accounts_parse(struct svc_accounts *accounts, const char *text,
		       size_t size, char *error, size_t error_size);
const struct svc_account *svc_account_find(const struct svc_accounts *accounts,
					   const char *name);
extern const struct svc_source_ops svc_account_ops;

/* ---- password.c --------------------------------------------------------- */

enum svc_verdict {
	SVC_VERDICT_NONE,	/* not asked for */
	SVC_VERDICT_WAIT,	/* the request is woken */
	SVC_VERDICT_GOOD,
	SVC_VERDICT_BAD,
	SVC_VERDICT_BUSY,	/* too many are looked at already */
	SVC_VERDICT_LATER,	/* too many were wrong */
};

/**
 * struct svc_login - the password of one request
 * @pause: of the request: it is woken when the verdict is there
 * @peer: the client's address, of IPv6 its network
 * @key: of the credentials
 */
struct svc_login {
	enum svc_verdict verdict;
	struct svc_pause *pause;
	struct svc_logins *logins;
	struct in6_addr peer;
	unsigned char key[32];
};

struct svc_passwords;

/* Told on the loop; @good is false as well where crypt(3) failed. */
typedef void (*svc_password_done)(struct svc_login *login, bool good);

struct svc_passwords *svc_passwords_new(sd_event *event,
					svc_password_done done);
void svc_passwords_free(struct svc_passwords *passwords);
int svc_passwords_ask(struct svc_passwords *passwords, const char *hash,
		      const char *password, struct svc_login *login);

/* ---- login.c ------------------------------------------------------------ */

#define SVC_LOCK_FAILURES	5	/* wrong passwords from an address ... */
#define SVC_LOCK_SECONDS	60	/* ... within and for this time */

struct svc_logins *svc_logins_new(sd_event *event);
void svc_logins_free(struct svc_logins *logins);
void svc_logins_forget(struct svc_logins *logins);
enum svc_verdict svc_login_check(struct svc_logins *logins,
				 const struct svc_accounts *accounts,
				 const struct svc_request *request,
				 const char *name, const char *password);

/* ---- session.c ---------------------------------------------------------- */

#define SVC_SESSIONS_MAX	32
#define SVC_TIMEOUT_MIN		30u	/* of SessionTimeout, in seconds */
#define SVC_TIMEOUT_MAX		86400u

struct svc_session;
struct svc_sessions;

struct svc_sessions *svc_sessions_new(unsigned int timeout);
void svc_sessions_free(struct svc_sessions *sessions);
void svc_sessions_filter(struct svc_sessions *sessions,
			 const struct svc_accounts *before,
			 const struct svc_accounts *after);
int svc_session_begin(struct svc_sessions *sessions, const char *name,
		      const char *context, const char *peer, char *token,
		      char *uri, size_t size);
const char *svc_session_use(struct svc_sessions *sessions, const char *token);
extern const struct svc_source_ops svc_session_ops;

/* ---- auth.c ------------------------------------------------------------- */

/**
 * struct svc_auth - who may do what
 * @tls: whether clients come over TLS: only then credentials are taken
 * @open: whether nobody needs credentials
 * @guest: privileges of who has none then
 * @accounts: NULL: there are none
 * @host: name besides the host's own that clients may ask for, "" without
 */
struct svc_auth {
	bool tls;
	bool open;
	unsigned int guest;
	struct svc_accounts *accounts;
	struct svc_logins *logins;
	struct svc_sessions *sessions;
	size_t n_trusted;
	struct in6_addr trusted[8];
	char host[256];
	char own[256];
};

int svc_auth_init(struct svc_auth *auth,
		  const struct service_security *security, sd_event *event);
void svc_auth_clear(struct svc_auth *auth);
void svc_auth_take(struct svc_auth *auth, struct svc_accounts *accounts);
bool svc_auth_admit(struct svc_site *site, const struct svc_request *request,
		    struct svc_reply *reply);
bool svc_auth_permits(const struct svc_site *site, const char *method,
		      const char *uri);
bool svc_login_refused(enum svc_verdict verdict, struct svc_reply *reply);
void svc_address_map(struct in6_addr *out, const struct sockaddr *sa);

/* ---- tls.c -------------------------------------------------------------- */

#define SVC_NAMES_MAX	8

/* Names in a client's certificate that may be those of an account. */
struct svc_names {
	size_t count;
	char name[SVC_NAMES_MAX][SVC_NAME_SIZE];
};

struct svc_tls;

int svc_tls_load(struct svc_tls **tls, const struct service_security *security,
		 char *error, size_t size);
void svc_tls_attach(struct svc_tls *tls, void *session);
void svc_tls_unref(struct svc_tls *tls);
void svc_tls_names(const struct svc_tls *tls, void *session,
		   struct svc_names *names);
const char *svc_tls_priority(const struct service_security *security);

/* ---- file.c ------------------------------------------------------------- */

int svc_file_read(const char *path, bool secret, char **data, size_t *size,
		  char *error, size_t error_size);
void svc_file_free(char *data, size_t size);
int svc_accounts_load(struct svc_accounts **accounts, const char *path,
		      char *error, size_t size);

/* ---- watch.c ------------------------------------------------------------ */

struct svc_watch;

int svc_watch_new(struct svc_watch **watch, sd_event *event,
		  const char *const *paths, size_t count,
		  void (*changed)(void *ctx), void *ctx);
void svc_watch_free(struct svc_watch *watch);

/* ---- secure.c ----------------------------------------------------------- */

#define SVC_SECURE_OPTIONS	5

struct MHD_Connection;
struct MHD_OptionItem;
struct service_setup;
struct svc_secure;

int svc_secure_new(struct svc_secure **secure, struct svc_site *site,
		   const struct service_setup *setup);
void svc_secure_end(struct svc_secure *secure);
void svc_secure_free(struct svc_secure *secure);
void svc_secure_reload(struct svc_secure *secure);
bool svc_secure_options(struct svc_secure *secure,
			struct MHD_OptionItem options[SVC_SECURE_OPTIONS]);
struct svc_tls *svc_secure_attach(struct svc_secure *secure,
				  struct MHD_Connection *connection);
void svc_secure_peer(struct svc_secure *secure,
		     struct MHD_Connection *connection,
		     struct svc_request *request);

#endif /* FABMON_SVC_AUTH_H */
