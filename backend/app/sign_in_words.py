"""What signing in says: own words in the product's languages instead of those that come with Flask-Security."""

from collections.abc import Mapping

from backend.app.words import N_

# Flask-Security translates by these English texts, in our own catalogue of translations.
SIGN_IN_WORDS: Mapping[str, tuple[str, str]] = {
    "GENERIC_AUTHN_FAILED": (N_("The account name, the password or the code is wrong."), "error"),
    "UNAUTHENTICATED": (N_("Sign in to see this page."), "info"),
    "UNAUTHORIZED": (N_("Your account may not see this"), "error"),
    "REAUTHENTICATION_REQUIRED": (N_("Enter your password again: this page changes how you sign in."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (N_("Thank you, go on."), "info"),
    "ANONYMOUS_USER_REQUIRED": (N_("You are signed in already."), "info"),
    "DISABLED_ACCOUNT": (N_("This account is closed. Ask your administrator."), "error"),
    "EMAIL_NOT_PROVIDED": (N_("Enter your account name."), "error"),
    "INVALID_EMAIL_ADDRESS": (N_("The account name, the password or the code is wrong."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Enter a password."), "error"),
    "INVALID_PASSWORD": (N_("The password is wrong."), "error"),
    "PASSWORD_MISMATCH": (N_("The two passwords are not the same."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (N_("The two passwords are not the same."), "error"),
    "PASSWORD_INVALID_LENGTH": (N_("A password needs at least %(length)s characters."), "error"),
    "PASSWORD_IS_THE_SAME": (N_("The new password must differ from the old one."), "error"),
    "PASSWORD_CHANGE": (N_("Your password was changed. All other sessions were ended."), "success"),
    "INVALID_CODE": (N_("The code is wrong or too old."), "error"),
    "INVALID_INPUT": (N_("This value does not fit here."), "error"),
    "API_ERROR": (N_("This step is no longer valid. Start again."), "error"),
    "TWO_FACTOR_INVALID_TOKEN": (N_("The code is wrong or too old."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("The code was right."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (N_("Your second factor is set up."), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (N_("This step is no longer valid. Start again."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (N_("This value does not fit here."), "error"),
    "TWO_FACTOR_DISABLED": (N_("Your second factor is switched off."), "success"),
    "TWO_FACTOR_SETUP_EXPIRED": (N_("This step took longer than %(within)s. Start again."), "error"),
}
