"""The pages of django-allauth that Roomly uses; its others do not exist here."""

from allauth.account.views import login, logout
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.views import login_cancelled, login_error
from django.urls import path

from tenants.signin import WorkspaceAdapter

urlpatterns = [
    path("login/", login, name="account_login"),
    path("logout/", logout, name="account_logout"),
    path("login/cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
    path("login/error/", login_error, name="socialaccount_login_error"),
    path("google/login/", OAuth2LoginView.adapter_view(WorkspaceAdapter), name="google_login"),
    path(
        "google/login/callback/",
        OAuth2CallbackView.adapter_view(WorkspaceAdapter),
        name="google_callback",
    ),
]
